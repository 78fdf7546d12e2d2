
# ---- Services -----------------------------------------------------------------------------------------------------------------

function Get-ServiceKey {
    param([string] $Name)
    return "HKLM:\SYSTEM\CurrentControlSet\Services\$Name"
}

# A value of a registry key, or nothing.
function Get-KeyValue {
    param([string] $Key, [string] $Name)
    if (-not (Test-Path -LiteralPath $Key)) { return $null }
    $Property = (Get-ItemProperty -LiteralPath $Key).PSObject.Properties[$Name]
    if ($Property) { return $Property.Value }
    return $null
}

function Test-KeyValue {
    param([string] $Key, [string] $Name)
    return (Test-Path -LiteralPath $Key) -and [bool](Get-ItemProperty -LiteralPath $Key).PSObject.Properties[$Name]
}

function Set-KeyValue {
    param([string] $Key, [string] $Name, [string] $Kind, [object] $Value)
    # An expandable text is read expanded.
    $Wanted = @($Value | ForEach-Object { if ($Kind -eq 'ExpandString') { [Environment]::ExpandEnvironmentVariables($_) } else { $_ } })
    if (Test-KeyValue $Key $Name) {
        $Now = @(Get-KeyValue $Key $Name)
        if ($Now.Count -eq $Wanted.Count -and ($Now -join "`n") -ceq ($Wanted -join "`n")) { return }
    }
    if (-not (Test-Path -LiteralPath $Key)) { New-Item -Path $Key -Force | Out-Null }
    New-ItemProperty -LiteralPath $Key -Name $Name -PropertyType $Kind -Value $Value -Force | Out-Null
    Add-Change "registry value $Name"
}

function Test-ServiceExists {
    param([string] $Name)
    return (Invoke-Native 'sc.exe' @('query', $Name) -Expect 0, 1060).Code -eq 0
}

function Get-ServiceStatus {
    param([string] $Name)
    $Service = Get-Service -Name $Name -ErrorAction SilentlyContinue
    if ($Service) { return "$($Service.Status)" }
    return 'Absent'
}

function Get-ImagePath {
    param([object] $Unit)
    $Image = (Expand-DeployPath $Unit.Release.locations.version) + '\' + $Unit.Service.image
    $Words = @('"' + $Image + '"')
    foreach ($Argument in @($Unit.Service.image_arguments | Where-Object { -not (Test-LeftOut $_ $Unit) })) {
        # A property that stands for several arguments is a piece of a command line already.
        if ($Argument -match '^\{\{\s*arguments\.([A-Za-z0-9_]+)\s*\}\}$') { $Words += Get-PropertyValue $Matches[1] $Unit }
        else { $Words += ConvertTo-CommandLineArgument (Expand-Symbol $Argument $Unit) }
    }
    return $Words -join ' '
}

function Get-AccountName {
    param([object] $Unit)
    if ($Unit.Service.account.kind -eq 'virtual') { return "NT SERVICE\$($Unit.Instance.service_name)" }
    return $Unit.Service.account.name
}

# Start type as sc.exe writes it, and as the registry has it.
function Get-StartType {
    param([string] $Start)
    switch ($Start) {
        'auto' { return @('auto', 2, 0) }
        'delayed' { return @('delayed-auto', 2, 1) }
        'manual' { return @('demand', 3, 0) }
        default { return @('disabled', 4, 0) }
    }
}

# The options of `sc.exe create` and `config` that differ from what the registry has.
function Get-ServiceOption {
    param([object] $Unit, [bool] $All)
    $Key = Get-ServiceKey $Unit.Instance.service_name
    $Start = Get-StartType (Get-EffectiveStart $Unit)
    $Delayed = Get-KeyValue $Key 'DelayedAutostart'
    $Options = @()
    $ImagePath = Get-ImagePath $Unit
    if ($All -or (Get-KeyValue $Key 'ImagePath') -cne $ImagePath) { $Options += 'binPath=', $ImagePath }
    $SameStart = ((Get-KeyValue $Key 'Start') -eq $Start[1]) -and ([int]$Delayed -eq $Start[2])
    if ($All -or -not $SameStart) { $Options += 'start=', $Start[0] }
    if ($All -or (Get-KeyValue $Key 'DisplayName') -cne $Unit.Instance.title) { $Options += 'DisplayName=', $Unit.Instance.title }
    $Account = Get-AccountName $Unit
    if ($All -or (Get-KeyValue $Key 'ObjectName') -ne $Account) {
        $Options += 'obj=', $Account
        if ($Unit.Service.account.needs_password) { $Options += 'password=', (Get-AccountPassword $Account) }
    }
    $Depend = @($Unit.Service.depends_on) -join '/'
    $DependNow = @(Get-KeyValue $Key 'DependOnService' | Where-Object { $_ }) -join '/'
    if ($Depend -ne $DependNow) { $Options += 'depend=', $(if ($Depend) { $Depend } else { '/' }) }
    return $Options
}

function Get-AccountPassword {
    param([string] $Account)
    if (-not $Credential) { Stop-Run "the account ``$Account`` needs its password" 'give it with -Credential (Get-Credential)' 2 }
    return $Credential.GetNetworkCredential().Password
}

# Whether a password must be given: the account has one, and the service does not log on with it yet.
function Test-PasswordNeeded {
    param([object] $Unit)
    return $Unit.Service.account.needs_password -and (Get-KeyValue (Get-ServiceKey $Unit.Instance.service_name) 'ObjectName') -ne (Get-AccountName $Unit)
}

# Passwords and properties that are missing are asked for before anything is changed.
function Assert-Input {
    param([object[]] $Units)
    Assert-Property $Units
    foreach ($Unit in $Units) {
        $Packaged = $Unit.Release.mode -eq 'msi'
        Assert-LogonRight $Unit
        if ($Unit.Service.account.needs_password -and ($Packaged -or (Test-PasswordNeeded $Unit))) { [void](Get-AccountPassword (Get-AccountName $Unit)) }
        if ($Packaged) { continue }
        foreach ($Value in @($Unit.Service.parameters | Where-Object { $_.rendered })) { foreach ($Text in $Value.data) { [void](Expand-Symbol $Text $Unit) } }
    }
}

# Brings registration and settings of an instance to what the release says.
function Set-ServiceDefinition {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $New = -not (Test-ServiceExists $Name)
    $Options = @(Get-ServiceOption $Unit $New)
    Grant-LogonRight $Unit
    if ($New) {
        Invoke-Native 'sc.exe' (@('create', $Name) + $Options) -Hint 'code 1072: close services.msc and other tools that show the service, and run again' | Out-Null
        Add-Change "service $Name created"
    }
    elseif ($Options.Count -gt 0) {
        Invoke-Native 'sc.exe' (@('config', $Name) + $Options) | Out-Null
        Add-Change "service $Name configured"
    }
    Set-ServiceDetail $Unit
    Set-ServiceParameter $Unit
}

# What sc.exe sets one by one.
function Set-ServiceDetail {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $Key = Get-ServiceKey $Name
    if ((Get-KeyValue $Key 'Description') -cne $Unit.Service.description) {
        Invoke-Native 'sc.exe' @('description', $Name, $Unit.Service.description) | Out-Null
        Add-Change "description of $Name"
    }
    $Sid = @{ none = 0; unrestricted = 1; restricted = 3 }[$Unit.Service.sid_type]
    if ([int](Get-KeyValue $Key 'ServiceSidType') -ne $Sid) {
        Invoke-Native 'sc.exe' @('sidtype', $Name, $Unit.Service.sid_type) | Out-Null
        Add-Change "SID type of $Name"
    }
    $Privileges = @($Unit.Service.privileges)
    $PrivilegesNow = @(Get-KeyValue $Key 'RequiredPrivileges' | Where-Object { $_ })
    if (($Privileges -join '/') -ne ($PrivilegesNow -join '/')) {
        Invoke-Native 'sc.exe' @('privs', $Name, ($Privileges -join '/')) | Out-Null
        Add-Change "privileges of $Name"
    }
    # Windows itself fetches the password of a group managed account, also after a restart, only if the service says so.
    if ($Unit.Service.account.kind -eq 'group-managed' -and @(Get-KeyValue $Key 'ServiceAccountManaged')[0] -ne 1) {
        Invoke-Native 'sc.exe' @('managedaccount', $Name, 'true') | Out-Null
        Add-Change "managed account of $Name"
    }
    # sc.exe has no verb for it; the service manager reads this value when Windows starts.
    Set-KeyValue $Key 'PreshutdownTimeout' 'DWord' $Unit.Service.preshutdown_timeout_ms
}

# The recovery actions. They are set when the instance is ready: before, a restart by the service manager would come in between.
function Set-Recovery {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $Key = Get-ServiceKey $Name
    $Recovery = $Unit.Service.recovery
    $Wanted = ConvertTo-FailureAction $Recovery
    if ((@(Get-KeyValue $Key 'FailureActions') -join ' ') -ne ($Wanted -join ' ')) {
        $Actions = @(foreach ($Delay in $Recovery.restart_after_ms) { "restart/$Delay" }) -join '/'
        Invoke-Native 'sc.exe' @('failure', $Name, 'reset=', "$($Recovery.reset_after_seconds)", 'actions=', $Actions) | Out-Null
        Add-Change "failure actions of $Name"
    }
    if ([int](Get-KeyValue $Key 'FailureActionsOnNonCrashFailures') -ne 1) {
        Invoke-Native 'sc.exe' @('failureflag', $Name, '1') | Out-Null
        Add-Change "failure flag of $Name"
    }
}

# No recovery actions: nothing starts the service while it is replaced or retired.
function Clear-Recovery {
    param([string] $Name)
    $Now = @(Get-KeyValue (Get-ServiceKey $Name) 'FailureActions')
    # The fourth number is the count of actions.
    if ($Now.Count -lt 16 -or @($Now[12..15] | Where-Object { $_ -ne 0 }).Count -eq 0) { return }
    Invoke-Native 'sc.exe' @('failure', $Name, 'reset=', '0', 'actions=', '') | Out-Null
}

# SERVICE_FAILURE_ACTIONS as the registry has it: reset period, two pointers, count, offset, then type 1 and delay for each restart.
function ConvertTo-FailureAction {
    param([object] $Recovery)
    $Numbers = @([uint32]$Recovery.reset_after_seconds, 0, 0, @($Recovery.restart_after_ms).Count, 20)
    foreach ($Delay in $Recovery.restart_after_ms) { $Numbers += 1, $Delay }
    return @(foreach ($Number in $Numbers) { [BitConverter]::GetBytes([uint32]$Number) })
}

# The registry values that the service reads at every start.
function Set-ServiceParameter {
    param([object] $Unit)
    Protect-PropertyKey $Unit
    foreach ($Value in $Unit.Service.parameters) {
        $Data = @(foreach ($Text in $Value.data) { if ($Value.rendered) { Expand-Symbol $Text $Unit } else { $Text } })
        $Key = (Get-ServiceKey $Unit.Instance.service_name) + '\' + $Value.key
        switch ($Value.kind) {
            'DWord' { Set-KeyValue $Key $Value.name 'DWord' ([int]$Data[0]) }
            'MultiString' { Set-KeyValue $Key $Value.name 'MultiString' ([string[]]$Data) }
            default { Set-KeyValue $Key $Value.name 'String' ([string]$Data[0]) }
        }
    }
}

# Starts an instance that is to run, and sets its recovery actions.
function Start-Unit {
    param([object] $Unit)
    if (Test-MeantToRun $Unit) { Start-Instance $Unit }
    else { Write-Line "    not started: the start type of $($Unit.Instance.service_name) is $(Get-EffectiveStart $Unit)" }
    if ($Unit.Release.mode -ne 'msi') { Set-Recovery $Unit }
}

function Start-Instance {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    if ((Get-ServiceStatus $Name) -ne 'Running') {
        $Code = (Invoke-Native 'sc.exe' @('start', $Name) -Expect 0, 1056, 1053, 1069, 2, 1068, 1075, 1058).Code
        if ($Code -ne 0 -and $Code -ne 1056) { Stop-Run "service ``$Name`` did not start: $Code ($(Get-StartFailure $Code))" 'its log and the System event log say more' }
        Add-Change "service $Name started"
    }
    Wait-Ready $Unit
}

function Get-StartFailure {
    param([int] $Code)
    switch ($Code) {
        2 { 'its executable is not there' }
        1053 { 'it did not answer the service manager in time' }
        1058 { 'it is disabled' }
        1068 { 'a service that it needs did not start' }
        1069 { 'its account may not log on: password, or the right to log on as a service' }
        1075 { 'a service that it needs does not exist' }
    }
}

# The process of a service, or 0. The service manager no longer names it when the service has stopped.
function Get-ServiceProcess {
    param([string] $Name)
    $Filter = "Name='" + $Name.Replace('\', '\\').Replace("'", "\'") + "'"
    $Service = Get-CimInstance -ClassName Win32_Service -Filter $Filter -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($Service) { return [int]$Service.ProcessId }
    return 0
}

# The time that a service may take to stop: its own setting, and half a minute.
function Get-StopTimeout {
    param([string] $Name)
    $Own = Get-KeyValue ((Get-ServiceKey $Name) + '\Parameters') 'StopTimeoutMilliseconds'
    if ("$Own" -match '^[0-9]{1,8}$') { return [int]$Own + 30000 }
    return 60000
}

# Stops a service and waits until its process has ended: until then Windows neither replaces nor deletes its executable.
function Stop-Instance {
    param([string] $Name, [int] $TimeoutMs = 60000)
    if (@('Stopped', 'Absent') -contains (Get-ServiceStatus $Name)) { return }
    $Process = Get-ServiceProcess $Name
    $Deadline = [DateTime]::UtcNow.AddMilliseconds($TimeoutMs)
    $Asked = $false
    while (@('Stopped', 'Absent') -notcontains ($Status = Get-ServiceStatus $Name)) {
        if ([DateTime]::UtcNow -gt $Deadline) { Stop-Run "service ``$Name`` did not stop within $TimeoutMs ms" 'see its log; run again when it has stopped' }
        # While it starts, and while it stops, it takes no stop (1061).
        if (-not $Asked -and @('Running', 'Paused') -contains $Status) {
            $Asked = (Invoke-Native 'sc.exe' @('stop', $Name) -Expect 0, 1062, 1061).Code -ne 1061
            if ($Asked) { continue }
        }
        Start-Sleep -Milliseconds 200
    }
    if ($Process -ne 0) { Wait-Process -Id $Process -Timeout 30 -ErrorAction SilentlyContinue }
    Add-Change "service $Name stopped"
}

# Deletes a service and waits until its name is free.
function Remove-Instance {
    param([string] $Name, [int] $TimeoutMs = 60000)
    if (-not (Test-ServiceExists $Name)) { return }
    Clear-Recovery $Name
    Stop-Instance $Name $TimeoutMs
    Invoke-Native 'sc.exe' @('delete', $Name) -Expect 0, 1072 | Out-Null
    $Deadline = [DateTime]::UtcNow.AddSeconds(30)
    while (Test-ServiceExists $Name) {
        if ([DateTime]::UtcNow -gt $Deadline) { Stop-Run "service ``$Name`` is marked for deletion but still there" 'close services.msc and other tools that show it, and run again' }
        Start-Sleep -Milliseconds 200
    }
    Add-Change "service $Name deleted"
}

# Stops a service that no longer serves, for good: it stays for the way back, but neither Windows nor the service manager starts it.
# One that another service replaces gives up its display name, which Windows takes once (1078).
function Disable-Instance {
    param([string] $Name, [int] $TimeoutMs, [bool] $FreeTitle)
    if (-not (Test-ServiceExists $Name)) { return }
    $Key = Get-ServiceKey $Name
    Clear-Recovery $Name
    $Start = 'demand'
    # One that has ended by itself may have a restart before it, which only a disabled service is spared.
    if ((Get-ServiceStatus $Name) -eq 'Stopped') { $Start = 'disabled' }
    Stop-Instance $Name $TimeoutMs
    if (@(3, 4) -notcontains (Get-KeyValue $Key 'Start')) {
        Invoke-Native 'sc.exe' @('config', $Name, 'start=', $Start) | Out-Null
        Add-Change "service $Name no longer starts with Windows"
    }
    $Title = "$Name (retired)"
    if ($FreeTitle -and (Get-KeyValue $Key 'DisplayName') -cne $Title) {
        Invoke-Native 'sc.exe' @('config', $Name, 'DisplayName=', $Title) | Out-Null
        Add-Change "display name of $Name"
    }
}

# A service of one of our names must be ours, or be taken over with -Adopt.
function Assert-Ownership {
    param([object] $Release, [string[]] $Owned)
    foreach ($Unit in Get-Instance $Release) {
        $Name = $Unit.Instance.service_name
        if ($Owned -contains $Name -or $Adopt -or -not (Test-ServiceExists $Name)) { continue }
        $ImagePath = Get-KeyValue (Get-ServiceKey $Name) 'ImagePath'
        Stop-Run "a service ``$Name`` is already there, and not of our making: $ImagePath" 'remove it, or take it over with -Adopt' 6
    }
}
